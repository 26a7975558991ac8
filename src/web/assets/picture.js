// picture.js: a file chosen for a picture. The page works without it.
// A phone's photo is often larger than what is taken: made smaller before it is sent. If that fails, HMS says why.
addEventListener("change", async ({ target }) => {
  const most = target.dataset.maxMb * 1048576;
  const [file] = target.files || [];
  if (!file || !(file.size > most)) return;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
    const canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    const files = new DataTransfer();
    files.items.add(new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "picture.jpg"));
    target.files = files.files;
  } catch {}
});
