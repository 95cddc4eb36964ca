//! A connection to the platform for as long as the work takes: cf's target and token, renewed by cf
//! itself when it ends.

use std::time::{Duration, Instant};

use crate::capi::{self, CloudController, Connected, InstalledCf, Needed, Platform};
use crate::cf;
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::http::{Authorities, Told};
use crate::process::Signals;

/// How often it is seen to that the token lasts.
pub(crate) const RENEWAL: Duration = Duration::from_secs(30);

/// Whom a session is with, and by what.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) cf: &'a CfProgram,
    pub(crate) environment: &'a Environment,
    pub(crate) authorities: &'a Authorities,
    pub(crate) needed: Needed,
    /// When all of it has to be done.
    pub(crate) deadline: Instant,
}

/// A platform that can be asked.
pub(crate) struct Session<'a> {
    terms: Terms<'a>,
    pub(crate) platform: Box<Platform>,
}

impl<'a> Session<'a> {
    /// Opens one; cf renews its token first, where that is due. Somebody is told of each wait that
    /// the platform wants.
    ///
    /// # Errors
    /// cf is not set up for it; a signal.
    pub(crate) async fn open(
        terms: Terms<'a>,
        told: Told,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        cf::refresh(terms.cf, terms.environment, signals).await?;
        let connected = match connect(terms).await {
            Connected::Stale => {
                cf::renew(terms.cf, terms.environment, signals).await?;
                connect(terms).await
            }
            other => other,
        };
        match connected {
            Connected::Ready(platform) => {
                platform.controller.tell(told);
                Ok(Self { terms, platform })
            }
            Connected::Refused(verdict) => Err(verdict.to_error()),
            Connected::Stale => Err(Error::new(ErrorKind::Setup, "cf does not renew its token")
                .hint(format!("log in again: `{}`", terms.cf.line(&["login"])))),
            Connected::Unknown(why) => {
                Err(Error::new(ErrorKind::Setup, "the platform cannot be asked")
                    .seen(why)
                    .hint("name the real cf: `--cf /path/to/cf`, or `ICR_CF_CF=/path/to/cf`"))
            }
        }
    }

    /// The client.
    pub(crate) const fn controller(&self) -> &CloudController {
        &self.platform.controller
    }

    /// Has cf renew the token where that is due, or where the platform does not take it, and goes on
    /// with what cf has by now.
    ///
    /// # Errors
    /// A signal asked us to end.
    pub(crate) async fn keep(&self, signals: &mut Signals) -> Result<(), Error> {
        let kept = self.renew(signals).await;
        self.controller().renewed();
        kept
    }

    async fn renew(&self, signals: &mut Signals) -> Result<(), Error> {
        // What goes wrong shows itself at the next question.
        if self.controller().was_turned_away() {
            cf::renew(self.terms.cf, self.terms.environment, signals).await?;
        } else {
            cf::refresh(self.terms.cf, self.terms.environment, signals).await?;
        }
        if let Connected::Ready(platform) = connect(self.terms).await {
            self.controller().take_token(&platform.controller);
        }
        Ok(())
    }
}

async fn connect(terms: Terms<'_>) -> Connected {
    let Terms { cf, environment, authorities, needed, deadline } = terms;
    capi::connect(InstalledCf { cf, environment }, needed, authorities, deadline).await
}
