// Reads lines `SCHEMA<tab>FILE` from stdin and writes one line of JSON for each: the number of faults ajv finds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Ajv = require("ajv");
const YAML = require("yaml");

const ajv = new Ajv({ allErrors: true, strict: false });
const validators = new Map();

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [schema, file] = line.split("\t");
  if (!validators.has(schema)) {
    validators.set(schema, ajv.compile(JSON.parse(readFileSync(schema, "utf8"))));
  }
  const validate = validators.get(schema);
  const faults = [];
  for (const document of YAML.parseAllDocuments(readFileSync(file, "utf8"))) {
    if (!validate(document.toJS())) {
      faults.push(...validate.errors.map((error) => `${error.instancePath} ${error.message}`));
    }
  }
  console.log(JSON.stringify({ file, faults }));
}
