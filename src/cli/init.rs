//! `init`: a project file, a first manifest and the schemas that editors complete from. It overwrites nothing.

use std::path::Path;

use super::exit::End;
use super::ui::Ui;
use crate::manifest::schema;
use crate::problem::{Problem, Problems, Result};

/// Writes the files, or none when one of them is there already.
pub(super) fn run(folder: &Path, ui: &Ui) -> Result<End> {
    let files = [
        ("pushform.yaml", include_str!("templates/pushform.yaml").to_owned()),
        ("manifests/audience.yaml", include_str!("templates/audience.yaml").to_owned()),
        ("schema/project.json", schema::pretty(&schema::project())),
        ("schema/manifest.json", schema::pretty(&schema::manifest())),
    ];
    let mut problems = Problems::new();
    for (name, _) in files.iter().filter(|(name, _)| folder.join(name).exists()) {
        let problem = Problem::error("init::exists", format!("`{name}` is there already and is not overwritten"));
        problems.push(problem.help("move it away, or name another folder with -C"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (name, text) in &files {
        write(&folder.join(name), text)?;
        ui.say(&format!("wrote {name}"));
    }
    ui.say(concat!(
        "\nNext:\n",
        "  put your users into manifests/audience.yaml\n",
        "  pushform validate\n",
        "  pushform plan --emulate          try it without an account\n",
        "  pushform plan                    with GETUI_… and JPUSH_… in the environment\n",
        "\nKeep .pushform/ out of version control."
    ));
    Ok(End::Done)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made.and_then(|()| {
        use std::io::Write;
        // `create_new` refuses what came into being since it was looked for.
        std::fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    });
    written.map_err(|why| Problem::error("init::write", format!("`{}` can not be written: {why}", path.display())).into())
}
