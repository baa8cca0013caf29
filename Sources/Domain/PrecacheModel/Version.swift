/// The version of all of these programs (Semantic Versioning 2.0.0), and the one place where it is set: packages ask
/// the programs, and the tests of api-spec name a document that says another.
package let precacheVersion = "0.1.0"
