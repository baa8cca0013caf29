/// Where and why a document is no TOML.
struct TOMLSyntaxFault: Error {
    let line: Int
    let reason: String
}
