// Elements, without ever parsing text as HTML.

export const by = (id) => document.getElementById(id);

/** An element with properties (`class`, `data`, `on` and ARIA names are understood) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "on") for (const [event, hears] of Object.entries(value)) made.addEventListener(event, hears);
    else if (name.includes("-") || name === "role" || name === "for" || name === "dir") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const addresses = new WeakMap(); // img → what its object URL must be freed of

/** Show a blob in an image, and free what was shown before. */
export function show(image, blob) {
  const before = addresses.get(image);
  const url = URL.createObjectURL(blob);
  addresses.set(image, url);
  image.src = url;
  if (before) URL.revokeObjectURL(before);
}

/** Offer a blob to be saved. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Tell those who listen to the page. */
export function say(text) {
  by("said").textContent = text;
}
