//! Any bytes as a project file: it can be shown without a secret, and secrets leave to https or to this machine.

use pushform::manifest::project::{ProjectSource, StateLocation};
use pushform::manifest::source::Source;
use pushform::manifest::{Env, Project};
use pushform::render::{Mask, problem};
use pushform::wire::Vendor;

use super::common::{SECRET, can_be_shown, look};

/// Reads the bytes as a project file whose every variable is a marked secret.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let is_marked = text.contains(SECRET);
    let source = ProjectSource { source: Source::new("pushform.yaml", text), folder: ".".into() };
    let variable = |_: &str| Some(SECRET.to_owned());
    for env in [Env::Ignore, Env::Lookup(&variable)] {
        let (project, _, problems) = Project::read_what_can_be(&source, env);
        can_be_shown(&problems);
        let shown = problem::problems(&problems, &look(), &Mask::show());
        assert!(is_marked || !shown.contains(SECRET), "a variable's text is shown:\n{shown}");
        leads_home(&project);
    }
}

fn leads_home(project: &Project) {
    for (vendor, base) in project.bases() {
        let at_home =
            ["http://127.", "http://[::1]", "http://localhost"].iter().any(|home| base.starts_with(home));
        assert!(base.starts_with("https://") || at_home, "secrets would go to {base}");
        let host = base.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        assert!(!host.contains('@'), "{} has somebody's name in its host: {base}", vendor.word());
    }
    assert!(project.quotas.iter().all(|(_, quota)| !quota.limits.is_empty()), "a quota without a limit");
    assert!(project.vendors().iter().all(|vendor| Vendor::ALL.contains(vendor)));
    match &project.state {
        StateLocation::Sqlite(path) => assert!(!path.as_os_str().is_empty()),
        StateLocation::Postgres(url) => assert_eq!(format!("{url:?}"), "[secret]"),
    }
}
