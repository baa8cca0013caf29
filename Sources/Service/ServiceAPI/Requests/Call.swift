import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// A request whose sender is known and may do what it asks.
struct Call: Sendable {
    let request: Request
    let parameters: PathParameters
    let caller: Caller
    /// What the route asks of its callers; nil where anybody may ask.
    var role: Role?

    /// A path parameter as a checked value.
    func path<Value>(
        _ name: String,
        _ make: (String) throws(InvalidValue) -> Value
    ) throws(Problem) -> Value {
        do throws(InvalidValue) {
            return try make(parameters[name] ?? "")
        } catch {
            throw .parameter(name, error.description)
        }
    }

    func job() throws(Problem) -> JobID { try path("job") { text throws(InvalidValue) in try JobID(text) } }
    func host() throws(Problem) -> HostName {
        try path("host") { text throws(InvalidValue) in try HostName(text) }
    }
    func image() throws(Problem) -> ImageID {
        try path("image") { text throws(InvalidValue) in try ImageID(text) }
    }

    /// How the path names an aggregate that should exist; what can't be a name is a 400.
    func aggregate() throws(Problem) -> AggregateKey { AggregateKey(try aggregateName().text) }

    /// The path's text as an aggregate's name, also if it is all digits.
    func aggregateName() throws(Problem) -> AggregateName {
        try path("aggregate") { text throws(InvalidValue) in try AggregateName(text) }
    }

    /// Throws 400 for any query: the route knows none.
    func refuseQuery() throws(Problem) { _ = try Query(request, knows: []) }
}

/// Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
struct Idempotency: Sendable {
    static let field = HTTPField.Name.known("Idempotency-Key")

    /// Makes the SHA-256 of some bytes, in hexadecimal digits.
    let digest: @Sendable ([UInt8]) -> String

    /// The claim that a request makes; nil without the field.
    ///
    /// Throws 400 for a key that is too long or not printable ASCII.
    func claim(of call: Call, body: [UInt8]) throws(Problem) -> IdempotencyClaim? {
        guard let key = call.request.header(Self.field) else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .parameter("Idempotency-Key", "must have 1 to 255 printable ASCII characters")
        }
        let request = Array("\(call.request.method.rawValue) \(call.request.path)\n".utf8) + body
        // A line break, which neither may hold: else the key "b/c" of "a" would be the key "c" of "a/b".
        return IdempotencyClaim(key: "\(call.caller.account)\n\(key)", fingerprint: digest(request))
    }
}
