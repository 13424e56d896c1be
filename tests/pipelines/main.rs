//! What runs in pipelines: the scripts of the GitHub action and of the GitLab template, with the real binary, on
//! emulated vendors, against a code host that listens on loopback.
//!
//! It needs bash and python3, as those pipelines do; no runner is started and no image is built.

mod files;
mod github;
mod gitlab;
mod host;
mod tool;
