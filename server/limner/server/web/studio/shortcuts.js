// Keys: single ones only where nobody is typing.

const TYPING = "input:not([type=radio], [type=checkbox], [type=range]), textarea, select, dialog[open] *";

/** Call the action of a key. `actions` maps keys, lower case, to functions. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.getElementById("brief").requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) && event.key !== "Escape") return;
    if (document.querySelector("dialog[open]")) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
