package import PrecacheModel

/// Bearer tokens, as hashes.
///
/// Errors as with ``HostRecords``.
package protocol TokenRecords: Sendable {
    /// All tokens, also revoked ones, in the order of their making.
    func tokens() async throws(StoreError) -> [TokenRecord]

    /// A number that differs whenever ``tokens()`` may answer otherwise than before, also because another process
    /// wrote; cheap enough to ask every second.
    func tokenGeneration() async throws(StoreError) -> Int64

    /// Keeps a new token.
    ///
    /// Throws `conflict` if a token of that name holds.
    func createToken(name: String, role: Role, hash: [UInt8]) async throws(StoreError) -> TokenRecord

    /// Revokes the token of this name that holds.
    ///
    /// Throws `notFound` (subject `token`).
    func revokeToken(name: String) async throws(StoreError) -> TokenRecord
}
