// Checks state machine definitions: by asl-validator, and each JSONata expression by the reference implementation.
//
// Usage: node .ci/state_machines.mjs FILE…
// Prints one line for each mistake and exits with 1 if there is any.

import { readFileSync } from "node:fs";
import validate from "asl-validator";
import jsonata from "jsonata";

const PLACEHOLDER = /\$\{(\w+)\}/g;
const EXPRESSION = /^\{%([^]*)%\}$/;

// CloudFormation fills the placeholders: with numbers inside expressions, with names and ARNs elsewhere.
function filled(text) {
  return EXPRESSION.test(text)
    ? text.replace(PLACEHOLDER, "1")
    : text.replace(PLACEHOLDER, "arn:aws:lambda:us-east-1:123456789012:function:$1");
}

function* texts(value, path = "") {
  if (typeof value === "string") yield [path, value];
  else if (value && typeof value === "object")
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, `${path}/${key}`);
}

function* mistakes(file) {
  let definition;
  try {
    definition = JSON.parse(readFileSync(file, "utf8"), (_, value) =>
      typeof value === "string" ? filled(value) : value,
    );
  } catch (error) {
    yield error.message;
    return;
  }
  const result = validate(definition, { checkArn: true, checkPaths: true });
  if (!result.isValid) yield result.errorsText();
  for (const [path, text] of texts(definition)) {
    const expression = EXPRESSION.exec(text);
    if (!expression) continue;
    try {
      jsonata(expression[1]);
    } catch (error) {
      yield `${path}: ${error.message}: ${expression[1].trim()}`;
    }
  }
}

let found = 0;
for (const file of process.argv.slice(2))
  for (const mistake of mistakes(file)) {
    found += 1;
    console.error(`${file}: ${mistake}`);
  }
process.exit(found ? 1 : 0);
