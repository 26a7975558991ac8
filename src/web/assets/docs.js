// Starts the API reader that its page has loaded: Swagger UI or ReDoc.
const root = document.getElementById("reader");
const url = root.dataset.spec;
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({ url, domNode: root, deepLinking: true, docExpansion: "none", filter: true, validatorUrl: null });
} else if (window.Redoc) {
  window.Redoc.init(url, { hideLogo: true, disableSearch: false, nativeScrollbars: true }, root);
}
