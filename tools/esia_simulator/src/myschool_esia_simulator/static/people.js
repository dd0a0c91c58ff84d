// Fills the form with a demo person's login; the page works without it.
for (const button of document.querySelectorAll(".people button")) {
  button.addEventListener("click", () => {
    document.querySelector("#login").value = button.dataset.login;
    const password = document.querySelector("#password");
    password.value = "demo";
    password.focus();
  });
}
