//! Every metric family, its labels, unit and buckets.
