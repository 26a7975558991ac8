// Starts the API reader that its page has loaded: Swagger UI or ReDoc.
const root = document.getElementById("reader");
const url = root.dataset.spec;
if (window.SwaggerUIBundle) {
  // Its style sheet has a dark side; which one is wanted is chosen as on every page.
  const device = matchMedia("(prefers-color-scheme: dark)");
  const chosen = document.cookie.match(/(?:^|; )hms_theme=(light|dark)/)?.[1];
  const paint = () => {
    document.documentElement.classList.toggle("dark-mode", chosen ? chosen === "dark" : device.matches);
  };
  device.addEventListener("change", paint);
  paint();
  window.SwaggerUIBundle({
    url, domNode: root, deepLinking: true, docExpansion: "none", filter: true, validatorUrl: null,
    defaultModelsExpandDepth: 0, displayRequestDuration: true,
  });
} else if (window.Redoc) {
  window.Redoc.init(url, { hideLogo: true, nativeScrollbars: true, sortRequiredPropsFirst: true }, root);
}
