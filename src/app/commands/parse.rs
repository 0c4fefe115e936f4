//! `depeche parse`: documents to items, without a broker.
