// Light or dark: the system's preference, or what was chosen here. Runs before anything is painted.
(() => {
  const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
  const root = document.documentElement;

  function kept() {
    try {
      const found = localStorage.getItem("limner-theme");
      return found in NAMES ? found : "auto";
    } catch {
      return "auto"; // storage is forbidden here
    }
  }

  function use(name) {
    root.dataset.theme = name;
    const shown = document.getElementById("theme-name");
    if (shown) shown.textContent = NAMES[name];
  }

  use(kept());
  document.addEventListener("DOMContentLoaded", () => {
    use(kept());
    document.getElementById("theme").addEventListener("click", () => {
      const order = Object.keys(NAMES);
      const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
      try {
        localStorage.setItem("limner-theme", next);
      } catch {
        // it holds until the page is closed
      }
      use(next);
    });
  });
})();
