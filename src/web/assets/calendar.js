// calendar.js: a booking is dragged to a free time. The page works without it: open a booking and choose Move.
(() => {
  "use strict";
  const form = document.getElementById("drop");
  if (!form) return;
  let dragged = null;
  let over = null;
  const above = (target, selector) => (target instanceof Element ? target.closest(selector) : null);
  const leave = () => {
    if (over) over.classList.remove("over");
    over = null;
  };
  document.addEventListener("dragstart", (event) => {
    dragged = above(event.target, "[data-move]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    // Without data, some browsers drag nothing; the address of the booking is in no other window's interest.
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    leave();
  });
  document.addEventListener("dragover", (event) => {
    const cell = dragged && above(event.target, "td[data-at]");
    if (cell !== over) leave();
    if (!cell) return;
    event.preventDefault();
    over = cell;
    cell.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const cell = dragged && above(event.target, "td[data-at]");
    if (!cell) return;
    event.preventDefault();
    form.action = dragged.dataset.move;
    form.elements.scheduled_at.value = cell.dataset.at;
    form.elements.doctor_user_id.value = cell.dataset.doctor;
    form.submit();
  });
})();
