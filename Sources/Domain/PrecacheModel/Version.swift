/// The version of all of these programs (Semantic Versioning 2.0.0).
package let precacheVersion = "0.1.0"
