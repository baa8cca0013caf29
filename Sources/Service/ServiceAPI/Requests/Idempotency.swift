import HTTPServing
import HTTPTypes
import PrecacheModel

/// Reads `Idempotency-Key`.
struct Idempotency: Sendable {
    /// Makes the SHA-256 of some bytes, in hexadecimal digits.
    let digest: @Sendable ([UInt8]) -> String

    /// The claim that a request makes; nil without the field.
    ///
    /// Throws 400 for a key that is too long or not printable ASCII.
    func claim(of call: Call, body: [UInt8]) throws(Problem) -> IdempotencyClaim? {
        guard let key = call.request.header(.idempotencyKey) else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .parameter("Idempotency-Key", "must have 1 to 255 printable ASCII characters")
        }
        let request = Array("\(call.request.method.rawValue) \(call.request.path)\n".utf8) + body
        // A line break, which neither may hold: else the key "b/c" of "a" would be the key "c" of "a/b".
        return IdempotencyClaim(key: "\(call.caller.account)\n\(key)", fingerprint: digest(request))
    }
}
