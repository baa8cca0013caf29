/** Asks for a token, tries it, and keeps it for this tab. */

import { get, Problem, token } from "./api.js";
import { h, put, say } from "./dom.js";

/** Shows the form; `enter` gets the caller once a token is taken. */
export function signIn(main, complaint, enter) {
  const note = h("p", { class: "problem", role: "alert", id: "sign-in-problem" }, complaint ?? "");
  const field = h("input", {
    type: "password", id: "token", required: true, autocomplete: "off", spellcheck: "false",
      "aria-describedby": "sign-in-problem sign-in-help",
  });
  const button = h("button", { type: "submit", class: "primary" }, "Sign in");

  async function attempt(event) {
    event.preventDefault();
    const text = field.value.trim();
    // What no field of HTTP can carry is no token; fetch() would say so in words that help nobody.
    if (!/^[\x21-\x7e]+$/.test(text)) return say(note, "A token is one word of letters, digits and signs.");
    button.disabled = true;
    token.set(text);
    try {
      enter((await get("/v1/whoami")).caller);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      token.forget();
      say(note, refusal(error));
      field.select();
    } finally {
      button.disabled = false;
    }
  }

  put(main, h("form", { class: "sign-in", onsubmit: attempt },
    h("h1", null, "Sign in"),
    h("label", { for: "token" }, "Token"),
    h("div", { class: "row" }, field, button),
    note,
    h("p", { class: "hint", id: "sign-in-help" }, "A reader's is enough to look: ",
      h("code", null, "runuser -u precache -- precached token create --role reader --name NAME"),
      " on the service's machine makes one. One of Keystone's works too, where the service belongs to a cloud. ",
      "It is kept in this tab alone and gone when the tab is closed.")));
  field.focus();
}

function refusal(error) {
  if (error.status === 401) return "The service doesn't honour this token.";
  if (error.status === 403) return "This token may not read here: it takes the role reader, operator or admin.";
  if (error.status === 429) return `Too many wrong tokens came from here. Try again in ${error.retryAfter ?? 1} s.`;
  return error.message;
}
