//! What a push would change of apps: image, user, what runs of it, and what Cloud Controller says of
//! everything else. Asks the platform once for all of them; changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::bulk::in_bulk;
use super::changed_value::ChangedValue;
use super::image_difference::{self, ImageSide, Likeness, WantedImage};
use super::inventory::{Known, known};
use super::manifest_difference::{self, Lines};
use super::under_way::active;
use super::{AppState, Deployed, Session};
use crate::capi::Listing;
use crate::capi::resources::Route;
use crate::cf::Sent;
use crate::error::Error;

/// An app as a push would have it.
pub(crate) struct Compared<'a> {
    pub(crate) name: &'a str,
    pub(crate) image: WantedImage,
    /// The registry user that goes with it.
    pub(crate) user: Option<&'a str>,
    /// What cf would send; or why that is not known.
    pub(crate) sent: Result<Sent, &'static str>,
    /// Whether it is to run behind the push.
    pub(crate) starts: bool,
}

/// What a push would change of an app.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Difference {
    pub(crate) state: Standing,
    /// The image that runs.
    pub(crate) running: Option<ImageSide>,
    /// The image that a push would bring.
    pub(crate) wanted: Option<ImageSide>,
    pub(crate) changes: Vec<ChangedValue>,
    /// What could not be told, and why.
    pub(crate) undecided: Vec<String>,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Standing {
    /// A push would change nothing.
    Unchanged,
    Changed,
    /// It cannot be told.
    #[default]
    Undecided,
}

impl Difference {
    /// One that cannot be told, for this reason.
    pub(crate) fn unknown(why: String) -> Self {
        Self { undecided: vec![why], ..Self::default() }
    }

    /// Takes the values of `env` away.
    pub(crate) fn without_env(&mut self) {
        self.changes.iter_mut().for_each(ChangedValue::without_env);
    }

    /// All of its texts.
    pub(crate) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let sides = self.running.iter_mut().chain(&mut self.wanted);
        sides
            .flat_map(ImageSide::texts)
            .chain(self.changes.iter_mut().flat_map(ChangedValue::texts))
            .flatten()
            .chain(&mut self.undecided)
    }

    fn settled(mut self) -> Self {
        self.state = match (self.changes.is_empty(), self.undecided.is_empty()) {
            (false, _) => Standing::Changed,
            (true, true) => Standing::Unchanged,
            (true, false) => Standing::Undecided,
        };
        self
    }
}

/// What the platform has of all of them.
struct Found {
    known: Known,
    /// The lines about each app, or why there are none.
    lines: Result<Vec<Lines>, String>,
    /// The routes of each app, by its GUID; or why they are not known.
    routes: Result<BTreeMap<String, Vec<String>>, String>,
}

/// Compares apps with what is there, in their order.
///
/// # Errors
/// The apps cannot be listed.
pub(crate) async fn differences(
    session: &Session<'_>,
    wanted: &[Compared<'_>],
) -> Result<Vec<Difference>, Error> {
    // Without names all apps would be listed.
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = wanted.iter().map(|one| one.name.to_owned()).collect();
    let (known, lines) = tokio::join!(known(session, &names), lines(session, wanted));
    let mut known = known?;
    let guids: Vec<String> = known.apps.iter().map(|app| app.guid.clone()).collect();
    let (deployed, routes) = tokio::join!(active(session, &known.apps), routes(session, &guids));
    match deployed {
        Ok(active) => active.tell(&mut known.apps),
        Err(error) => {
            known.not_asked.push(format!("deployments that go on: {}", error.message()));
        }
    }
    let found = Found { known, lines, routes };
    // Those whose manifest is known are what was sent, in this order.
    let mut sent = 0..;
    let places = wanted.iter().map(|one| one.sent.is_ok().then(|| sent.next()).flatten());
    Ok(wanted.iter().zip(places).map(|(one, at)| found.of(one, at).settled()).collect())
}

/// Asks what the manifests would change, with one request.
async fn lines(session: &Session<'_>, wanted: &[Compared<'_>]) -> Result<Vec<Lines>, String> {
    let all: Vec<_> =
        wanted.iter().filter_map(|one| Some(&one.sent.as_ref().ok()?.attributes)).collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    // JSON is YAML.
    let manifest = Zeroizing::new(json!({"applications": all}).to_string());
    let patches = session.controller().manifest_diff(manifest).await;
    let patches = patches.map_err(|problem| problem.line())?;
    manifest_difference::read(&patches, &all)
        .ok_or_else(|| "what a manifest would change: the answer makes no sense".to_owned())
}

async fn routes(
    session: &Session<'_>,
    guids: &[String],
) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut of_apps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let guids: Vec<&str> = guids.iter().map(String::as_str).collect();
    let controller = session.controller();
    let listing: Listing<Route> = in_bulk(&guids, async |some: String| {
        controller.list("the routes", "/v3/routes", &[("app_guids", &some)]).await
    })
    .await;
    for route in listing.whole().map_err(|problem| problem.line())? {
        for to in route.destinations {
            let urls = of_apps.entry(to.app.guid).or_default();
            if !urls.contains(&route.url) {
                urls.push(route.url.clone());
            }
        }
    }
    Ok(of_apps)
}

impl Found {
    /// What a push would change of one app, whose manifest was sent at this place.
    fn of(&self, wanted: &Compared<'_>, at: Option<usize>) -> Difference {
        let mut all = Difference { wanted: wanted.image.side(), ..Difference::default() };
        if self.known.of_files.iter().any(|name| name == wanted.name) {
            if matches!(wanted.image, WantedImage::Files) {
                all.undecided.push("it is built from files, which are not compared".to_owned());
            } else {
                let (was, now) = (Some("buildpack".to_owned()), Some("docker".to_owned()));
                all.changes.push(ChangedValue::new("lifecycle", was, now));
            }
            return all;
        }
        let Some(app) = self.known.apps.iter().find(|app| app.name == wanted.name) else {
            all.changes.push(ChangedValue::new("app", None, Some("new".to_owned())));
            return all;
        };
        all.running = ImageSide::of(app);
        if !self.known.not_asked.is_empty() {
            // What is missing would be taken for what is not there.
            all.undecided.extend(self.known.not_asked.iter().cloned());
            return all;
        }
        of_image(&mut all, app, wanted);
        of_running(&mut all, app, wanted);
        match (&wanted.sent, &self.lines, at) {
            (Ok(sent), Ok(lines), Some(at)) => {
                all.changes.extend(sizes(app, sent, &mut all.undecided));
                if let Some(lines) = lines.get(at) {
                    all.changes.extend(lines.changes.iter().cloned());
                    all.undecided.extend(lines.undecided.iter().cloned());
                }
                self.of_routes(&mut all, app, sent);
            }
            (Err(why), ..) => all.undecided.push((*why).to_owned()),
            (Ok(_), Err(why), _) => all.undecided.push(why.clone()),
            (Ok(_), Ok(_), None) => {}
        }
        all
    }

    /// Cloud Controller says of what makes routes that it is new, whatever routes there are.
    fn of_routes(&self, all: &mut Difference, app: &Deployed, sent: &Sent) {
        let says = |key: &str| sent.attributes.get(key) == Some(&true.into());
        let has_list = sent.attributes.get("routes").is_some_and(|routes| !routes.is_null());
        let none = says("no-route");
        let first = ["random-route", "default-route"].into_iter().find(|key| says(key));
        if !none && (has_list || first.is_none()) {
            return;
        }
        match &self.routes {
            Err(why) => all.undecided.push(why.clone()),
            Ok(routes) => match (none, routes.get(&app.guid), first) {
                (true, Some(urls), _) => {
                    all.changes.push(ChangedValue::new("routes", Some(urls.join(", ")), None));
                }
                (false, None, Some(first)) => {
                    let now =
                        if first == "random-route" { "a random one" } else { "the default one" };
                    all.changes.push(ChangedValue::new("routes", None, Some(now.to_owned())));
                }
                _ => {}
            },
        }
    }
}

/// Image and user.
fn of_image(all: &mut Difference, app: &Deployed, wanted: &Compared<'_>) {
    match image_difference::compare(app, &wanted.image) {
        Likeness::Same => {}
        Likeness::Different => {
            let image = |side: &Option<ImageSide>| side.as_ref().map(|side| side.image.clone());
            all.changes.push(ChangedValue::new("image", image(&all.running), image(&all.wanted)));
        }
        Likeness::Unknown(why) => all.undecided.push(why),
    }
    if matches!(wanted.image, WantedImage::Files) || app.droplet.is_none() {
        return;
    }
    match (&app.package, app.user.as_deref()) {
        (None, _) => all.undecided.push("which registry user the app has is not known".to_owned()),
        (Some(_), user) if user != wanted.user => {
            let text = |user: Option<&str>| user.map(str::to_owned);
            all.changes.push(ChangedValue::new("user", text(user), text(wanted.user)));
        }
        (Some(_), _) => {}
    }
}

/// Whether it runs as it should.
fn of_running(all: &mut Difference, app: &Deployed, wanted: &Compared<'_>) {
    let text = |text: &str| Some(text.to_owned());
    if app.deployment.is_some() {
        all.changes.push(ChangedValue::new("deployment", text("one goes on"), None));
    }
    match (app.state, wanted.starts) {
        (AppState::Stopped, true) => {
            all.changes.push(ChangedValue::new("state", text("stopped"), text("started")));
        }
        (AppState::Started, false) => {
            all.changes.push(ChangedValue::new("state", text("started"), text("stopped")));
        }
        (AppState::Stopped, false) => {}
        (AppState::Started, true) => match app.up {
            None => all.undecided.push("how many instances run is not known".to_owned()),
            Some(up) if up < app.wanted() => {
                let (up, wanted) = (up.to_string(), app.wanted().to_string());
                all.changes.push(ChangedValue::new("instances running", Some(up), Some(wanted)));
            }
            Some(_) => {}
        },
    }
}

/// Memory and disk, of which Cloud Controller says nothing where the app itself has them in its
/// manifest (`cloud_controller_ng`, `space_diff_manifest.rb`).
fn sizes(app: &Deployed, sent: &Sent, undecided: &mut Vec<String>) -> Vec<ChangedValue> {
    let web = app.processes.iter().rev().find(|process| process.kind == super::WEB);
    let mut changes = Vec::new();
    for (what, is, wanted) in [
        ("memory", web.and_then(|web| web.memory_in_mb), sent.memory_in_mb),
        ("disk_quota", web.and_then(|web| web.disk_in_mb), sent.disk_in_mb),
    ] {
        match (is, wanted) {
            (Some(is), Some(wanted)) if is != wanted => {
                let text = |size: u64| Some(format!("{size}M"));
                changes.push(ChangedValue::new(what, text(is), text(wanted)));
            }
            (None, Some(_)) => undecided.push(format!("`{what}` of the app is not known")),
            _ => {}
        }
    }
    changes
}
