// Adds what the theme leaves out for screen readers and keyboards.
for (const caption of document.querySelectorAll(".caption[role=heading]")) {
    caption.setAttribute("aria-level", "2");
}
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Pages");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
for (const element of document.querySelectorAll("dt.sig dl")) {
    element.setAttribute("role", "presentation"); // only the layout of a long signature
}
for (const block of document.querySelectorAll("pre, .notebook-output, .notebook-output div")) {
    if (block.scrollWidth > block.clientWidth) {
        block.tabIndex = 0; // arrow keys scroll it
    }
}
