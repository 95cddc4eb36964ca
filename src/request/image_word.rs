//! One image, whoever said it: whose it is, and the login that goes with it.

use std::ops::Range;

use super::intent::Intent;
use super::ownership::{Reading, check_other, reading};
use super::sources::{Fit, Scope};
use super::target::{ImageTarget, target};
use super::wanted_app::{AppImage, IcrImage, ImageLogin, KeyLogin, OtherImage};
use super::{Username, WithKey, Written};
use crate::environment::{CF_DOCKER_PASSWORD, Presence};
use crate::error::{Error, ErrorKind, printable};
use crate::manifest;
use crate::reference::{self, DOCKER_HUB, Defaults, ImageReference};

/// A word, and where the manifest has it; without a place it is a flag's.
#[derive(Clone)]
pub(super) struct Word<'a> {
    text: &'a str,
    place: Option<(&'a Written, Range<usize>)>,
}

impl<'a> Word<'a> {
    /// The value of a flag.
    pub(super) fn flag(text: &'a str) -> Self {
        Self { text, place: None }
    }

    /// A value in the manifest.
    pub(super) fn written(value: &'a manifest::Value, written: &'a Written) -> Self {
        Self { text: &value.text, place: Some((written, value.range.clone())) }
    }

    /// An error about it: shown in its line of the manifest, or of this kind where a flag has it.
    fn error(&self, kind: ErrorKind, message: String) -> Error {
        match &self.place {
            Some(_) => self.at(Error::new(ErrorKind::Manifest, message)),
            None => Error::new(kind, message),
        }
    }

    fn at(&self, error: Error) -> Error {
        match &self.place {
            Some((written, range)) => error.at(written.manifest.place(range.clone())),
            None => error,
        }
    }

    /// Says where it stands, of an error that shows another text.
    fn seen(&self, error: Error) -> Error {
        let Some((written, range)) = &self.place else { return error };
        error.within(written.manifest.place(range.clone()))
    }

    /// What the text of an error is named by.
    fn source(&self) -> &'static str {
        if self.place.is_some() { "" } else { "--image" }
    }
}

/// Reads an image, beside the user that is named for it.
pub(super) fn read(
    image: &Word<'_>,
    user: Option<&Word<'_>>,
    given: &Intent<'_>,
    defaults: &Defaults,
) -> Result<AppImage, Error> {
    match reading(image.text, user.map(|user| user.text), defaults) {
        Reading::Icr => icr(image, user, given, defaults).map(AppImage::Icr),
        Reading::Other(host) => other(image, user, host, given).map(AppImage::Other),
    }
}

fn icr(
    image: &Word<'_>,
    user: Option<&Word<'_>>,
    given: &Intent<'_>,
    defaults: &Defaults,
) -> Result<IcrImage, Error> {
    let target = target(image.text, defaults, given.search, given.private_names, image.source())
        .map_err(|error| image.seen(error))?;
    let login = login(image, user, &target, given)?;
    Ok(IcrImage { given: image.text.to_owned(), target, login })
}

fn login(
    image: &Word<'_>,
    user: Option<&Word<'_>>,
    target: &ImageTarget,
    given: &Intent<'_>,
) -> Result<ImageLogin, Error> {
    match (given.with_key, user) {
        (WithKey::No, Some(name)) => return Err(user_without_key(name)),
        (WithKey::No, None) => return Ok(ImageLogin::Without),
        (WithKey::Yes, _) => {}
    }
    let username = match user {
        None => given.username.clone(),
        Some(name) => {
            let username = Username::parse(name.text, given.short_lived);
            Some(username.map_err(|error| name.at(error))?)
        }
    };
    let fit = given.keys.fit(target).map_err(|error| image.seen(error))?;
    // Whoever names a user, or a key for this very image, says that it takes one.
    let is_said = username.is_some() || fit.is_some();
    let username = username.unwrap_or(Username::ApiKey);
    let (source, scope) = match fit {
        Some(Fit { choice, scope }) => (choice, scope),
        None => (given.key.clone(), Scope::Any),
    };
    let login = KeyLogin { username, source, scope };
    if !is_said && target.known().is_some_and(ImageReference::may_be_public) {
        return Ok(ImageLogin::Unasked(login));
    }
    login.source.refuse_empty(given.environment)?;
    Ok(ImageLogin::Key(login))
}

/// cf would want to know the password.
fn user_without_key(user: &Word<'_>) -> Error {
    let who = printable(user.text);
    user.error(
        ErrorKind::Usage,
        format!("the user `{who}` beside an image of ICR, with `--no-key`"),
    )
    .seen("cf asks for the password of a user that it is told")
    .hint("take `username` out of the manifest, or drop `--no-key`")
}

fn other(
    image: &Word<'_>,
    user: Option<&Word<'_>>,
    host: String,
    given: &Intent<'_>,
) -> Result<OtherImage, Error> {
    check_other(image.text).map_err(|what| {
        let error =
            image.error(ErrorKind::Reference, format!("{} in an image reference", what.named()));
        match what.mended(image.text) {
            Some(text) => error.hint(format!("write `{}`", printable(text))),
            None => error.hint("an image is `HOST/PATH:TAG`"),
        }
    })?;
    let login = match user {
        None => None,
        Some(name) => {
            let password = given.passwords.of(&host).map_err(|error| image.seen(error))?;
            let password = password.ok_or_else(|| no_password(image, name, &host, given))?;
            Some((name.text.to_owned(), password))
        }
    };
    Ok(OtherImage { given: image.text.to_owned(), host, login })
}

fn no_password(image: &Word<'_>, user: &Word<'_>, host: &str, given: &Intent<'_>) -> Error {
    let readings = reference::readings(image.text, None);
    let host = printable(host);
    let who = printable(user.text);
    let error =
        user.error(ErrorKind::Usage, format!("no password for the user `{who}` of `{host}`"));
    if host == DOCKER_HUB && Username::is_of_icr(user.text) {
        let error = error.seen("the user is one of ICR, and the image was taken for Docker Hub's");
        return readings.into_iter().fold(error, Error::hint);
    }
    let error = error.seen("the key of ICR is never given to another registry, and `CF_DOCKER_PASSWORD` counts as that key");
    let flag = format!("--docker-password-for {host}");
    let error = match given.environment.presence(CF_DOCKER_PASSWORD) {
        Presence::Set => {
            error.hint(format!("if that is the password: `{flag}=env:{CF_DOCKER_PASSWORD}`"))
        }
        Presence::Unset | Presence::Empty => error,
    };
    let error = error
        .hint(format!("say where it is: `{flag}=env:NAME`, `=file:PATH` or `=command:PROGRAM`"));
    let error = readings.into_iter().fold(error, Error::hint);
    error.hint(match user.place {
        Some(_) => "an image that everybody may pull needs no `username`",
        None => "an image that everybody may pull needs no `--docker-username`",
    })
}
