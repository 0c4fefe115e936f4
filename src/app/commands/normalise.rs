//! `depeche normalise`: one text to one article, without a broker.
