//! One listener's signals for several children: each hears every signal once, and this process
//! stops only when each has forwarded the stop.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::signal::Signal;

/// How long a stop waits for all to have forwarded it. Who is being buried does not listen.
const FORWARDING: Duration = Duration::from_millis(200);

/// Dropped by each who has forwarded a signal.
type Token = mpsc::Sender<Infallible>;

/// Passes signals on to those who subscribed.
#[derive(Default)]
pub(crate) struct Hub {
    subscribers: Vec<mpsc::UnboundedSender<(Signal, Token)>>,
}

impl Hub {
    /// A share of the signals from now on.
    pub(super) fn subscription(&mut self) -> Subscription {
        // Who has ended hears nothing more.
        self.subscribers.retain(|subscriber| !subscriber.is_closed());
        let (subscriber, queue) = mpsc::unbounded_channel();
        self.subscribers.push(subscriber);
        Subscription { queue, token: None }
    }

    /// Tells all, and loses none: each has a queue of its own.
    pub(crate) fn tell(&mut self, signal: Signal) -> Told {
        let (token, forwarded) = mpsc::channel(1);
        self.subscribers.retain(|subscriber| subscriber.send((signal, token.clone())).is_ok());
        Told { forwarded }
    }
}

/// A signal on its way to the children.
pub(crate) struct Told {
    forwarded: mpsc::Receiver<Infallible>,
}

impl Told {
    /// Waits until all have forwarded it, for a moment at most.
    pub(crate) async fn forwarded(&mut self) {
        // Ends when the last token is dropped.
        let _ = timeout(FORWARDING, self.forwarded.recv()).await;
    }
}

/// One child's share of the signals.
pub(super) struct Subscription {
    queue: mpsc::UnboundedReceiver<(Signal, Token)>,
    /// Of a stop that is being forwarded.
    token: Option<Token>,
}

impl Subscription {
    pub(super) async fn next(&mut self) -> Signal {
        self.token = None;
        match self.queue.recv().await {
            Some((signal, token)) => {
                self.token = Some(token);
                signal
            }
            // The hub is gone, and with it all signals.
            None => std::future::pending().await,
        }
    }

    pub(super) fn forwarded(&mut self) {
        self.token = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Hub, Signal};

    #[test]
    fn each_subscriber_hears_every_signal_once_in_its_order() {
        let heard = crate::process::in_runtime(async {
            let mut hub = Hub::default();
            let mut subscribers: Vec<_> = (0..8).map(|_| hub.subscribe()).collect();
            for _ in 0..1_000 {
                for signal in [Signal::Interrupt, Signal::Continue, Signal::Terminate] {
                    hub.tell(signal);
                }
            }
            let mut heard = Vec::new();
            for subscriber in &mut subscribers {
                let mut all = Vec::new();
                while let Some(signal) = subscriber.pending().await {
                    all.push(signal);
                }
                heard.push(all);
            }
            heard
        });
        for all in heard.unwrap() {
            assert_eq!(all.len(), 3_000);
            assert!(
                all.chunks(3)
                    .all(|three| three == [Signal::Interrupt, Signal::Continue, Signal::Terminate])
            );
        }
    }

    #[test]
    fn who_subscribes_later_hears_what_comes_later_and_who_is_gone_is_forgotten() {
        crate::process::in_runtime(async {
            let mut hub = Hub::default();
            let first = hub.subscribe();
            hub.tell(Signal::Interrupt);
            let mut second = hub.subscribe();
            assert_eq!(second.pending().await, None);
            drop(first);
            hub.tell(Signal::HangUp);
            assert_eq!(second.pending().await, Some(Signal::HangUp));
            assert_eq!(hub.subscribers.len(), 1);
        })
        .unwrap();
    }

    #[test]
    fn a_stop_waits_until_all_have_forwarded_it() {
        crate::process::in_runtime(async {
            let mut hub = Hub::default();
            let (mut one, mut other) = (hub.subscribe(), hub.subscribe());
            let mut told = hub.tell(Signal::Stop);
            assert_eq!(one.next().await, Signal::Stop);
            one.stop();
            assert_eq!(other.next().await, Signal::Stop);
            assert!(
                told.forwarded
                    .try_recv()
                    .is_err_and(|error| { error == tokio::sync::mpsc::error::TryRecvError::Empty })
            );
            other.stop();
            assert_eq!(told.forwarded.recv().await, None);
        })
        .unwrap();
    }
}
