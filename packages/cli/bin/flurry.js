#!/usr/bin/env node
import { main } from "../dist/main.js";
import { processContext } from "../dist/process-context.js";

process.exitCode = await main(process.argv.slice(2), processContext());
