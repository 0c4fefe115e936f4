//! `depeche normalise`: one text, fragment or item to an article; or many, a JSON line each.
