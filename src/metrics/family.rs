//! Families of series whose labels come from closed enums, so that no feed or URL can become a label.

use std::marker::PhantomData;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

/// A closed set of values for one label.
pub trait Label: Copy + 'static {
    /// Every value; each has its series from the start, so that `rate()` sees the first event.
    const VALUES: &'static [Self];

    /// The value as it is written.
    fn text(self) -> &'static str;
}

/// Makes labels of enums that have `ALL` and `as_str`.
macro_rules! labels {
    ($($name:ty),+ $(,)?) => {
        $(impl $crate::metrics::Label for $name {
            const VALUES: &'static [Self] = <$name>::ALL;

            fn text(self) -> &'static str {
                self.as_str()
            }
        })+
    };
}
pub(super) use labels;

/// An enum with the text of each value; the text of a variant is its documentation too.
macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            /// The value as a label.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }
        }

        $crate::metrics::family::labels!($name);
    };
}
pub(super) use closed;

/// Counters told apart by one label.
#[derive(Debug, Clone)]
pub struct Counters<L>(IntCounterVec, PhantomData<L>);

impl<L: Label> Counters<L> {
    /// The counter of one value.
    pub fn of(&self, label: L) -> IntCounter {
        self.0.with_label_values(&[label.text()])
    }
}

/// Counters told apart by two labels.
#[derive(Debug, Clone)]
pub struct CounterTable<A, B>(IntCounterVec, PhantomData<(A, B)>);

impl<A: Label, B: Label> CounterTable<A, B> {
    /// The counter of one pair of values.
    pub fn of(&self, row: A, column: B) -> IntCounter {
        self.0.with_label_values(&[row.text(), column.text()])
    }
}

/// Gauges told apart by one label.
#[derive(Debug, Clone)]
pub struct Gauges<L>(IntGaugeVec, PhantomData<L>);

impl<L: Label + PartialEq> Gauges<L> {
    /// The gauge of one value.
    pub fn of(&self, label: L) -> IntGauge {
        self.0.with_label_values(&[label.text()])
    }

    /// Sets the gauge of this value to one and all others to zero.
    pub fn only(&self, label: L) {
        L::VALUES.iter().for_each(|value| self.of(*value).set(i64::from(*value == label)));
    }
}

/// Gauges in seconds, told apart by one label.
#[derive(Debug, Clone)]
pub struct Seconds<L>(GaugeVec, PhantomData<L>);

impl<L: Label> Seconds<L> {
    /// The gauge of one value.
    pub fn of(&self, label: L) -> Gauge {
        self.0.with_label_values(&[label.text()])
    }
}

/// Histograms told apart by one label.
#[derive(Debug, Clone)]
pub struct Histograms<L>(HistogramVec, PhantomData<L>);

impl<L: Label> Histograms<L> {
    /// The histogram of one value.
    pub fn of(&self, label: L) -> Histogram {
        self.0.with_label_values(&[label.text()])
    }
}

/// Makes families and registers them, all with our prefix.
pub(super) struct Declare<'a>(pub(super) &'a Registry);

type Made<T> = Result<T, prometheus::Error>;

impl Declare<'_> {
    fn register<C: Collector + Clone + 'static>(&self, collector: C) -> Made<C> {
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    pub(super) fn counter(&self, name: &str, help: &str) -> Made<IntCounter> {
        self.register(IntCounter::with_opts(opts(name, help))?)
    }

    pub(super) fn counters<L: Label>(&self, name: &str, help: &str, label: &str) -> Made<Counters<L>> {
        let family = self.register(IntCounterVec::new(opts(name, help), &[label])?)?;
        L::VALUES.iter().for_each(|value| drop(family.with_label_values(&[value.text()])));
        Ok(Counters(family, PhantomData))
    }

    pub(super) fn table<A: Label, B: Label>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; 2],
    ) -> Made<CounterTable<A, B>> {
        let family = self.register(IntCounterVec::new(opts(name, help), &labels)?)?;
        for row in A::VALUES {
            B::VALUES.iter().for_each(|column| drop(family.with_label_values(&[row.text(), column.text()])));
        }
        Ok(CounterTable(family, PhantomData))
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> Made<IntGauge> {
        self.register(IntGauge::with_opts(opts(name, help))?)
    }

    pub(super) fn seconds(&self, name: &str, help: &str) -> Made<Gauge> {
        self.register(Gauge::with_opts(opts(name, help))?)
    }

    pub(super) fn gauges<L: Label>(&self, name: &str, help: &str, label: &str) -> Made<Gauges<L>> {
        let family = self.register(IntGaugeVec::new(opts(name, help), &[label])?)?;
        L::VALUES.iter().for_each(|value| drop(family.with_label_values(&[value.text()])));
        Ok(Gauges(family, PhantomData))
    }

    pub(super) fn seconds_by<L: Label>(&self, name: &str, help: &str, label: &str) -> Made<Seconds<L>> {
        let family = self.register(GaugeVec::new(opts(name, help), &[label])?)?;
        L::VALUES.iter().for_each(|value| drop(family.with_label_values(&[value.text()])));
        Ok(Seconds(family, PhantomData))
    }

    pub(super) fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Made<Histogram> {
        self.register(Histogram::with_opts(HistogramOpts::from(opts(name, help)).buckets(buckets.to_vec()))?)
    }

    pub(super) fn histograms<L: Label>(
        &self,
        name: &str,
        help: &str,
        label: &str,
        buckets: &[f64],
    ) -> Made<Histograms<L>> {
        let opts = HistogramOpts::from(opts(name, help)).buckets(buckets.to_vec());
        let family = self.register(HistogramVec::new(opts, &[label])?)?;
        L::VALUES.iter().for_each(|value| drop(family.with_label_values(&[value.text()])));
        Ok(Histograms(family, PhantomData))
    }

    /// One series that says what is running.
    pub(super) fn info(&self, name: &str, help: &str, label: [&str; 2]) -> Made<()> {
        let [key, value] = label;
        let family = self.register(IntGaugeVec::new(opts(name, help), &[key])?)?;
        family.with_label_values(&[value]).set(1);
        Ok(())
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(format!("depeche_{name}"), help)
}
