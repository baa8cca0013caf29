import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// A request whose sender is known and may do what it asks.
struct Call: Sendable {
    let request: Request
    let parameters: PathParameters
    let caller: Caller

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

    /// The body as JSON.
    ///
    /// - Parameter limit: The bytes that are taken.
    /// - Returns: The value, and the bytes that it was read from.
    /// - Throws: 415, 413 `too_large`, 400 `malformed_json`.
    func json(upTo limit: Int = 1_048_576) async throws(Problem) -> (value: JSONValue, bytes: [UInt8]) {
        let bytes = try await bytes(upTo: limit)
        return (try Self.parse(bytes), bytes)
    }

    private func bytes(upTo limit: Int) async throws(Problem) -> [UInt8] {
        if let type = request.header(.contentType), !Self.isJSON(type) {
            throw Problem(
                .unsupportedMediaType,
                "unsupported_media_type",
                "send the body as application/json"
            )
        }
        do throws(HTTPFailure) {
            return try await request.body.collect(upTo: limit)
        } catch {
            throw Problem(error)
        }
    }

    /// The body as JSON, read by `read`; a large one on another thread, since here other connections would wait for it.
    ///
    /// - Throws: As ``json(upTo:)``, and 400 `invalid_input` with what is wrong.
    func read<Value: Sendable>(
        upTo limit: Int = 1_048_576,
        _ read: @escaping @Sendable (JSONValue, inout InputProblems) -> Value?
    ) async throws(Problem) -> Value {
        let bytes = try await bytes(upTo: limit)
        guard bytes.count > Self.bytesAtOnce else { return try Self.value(of: bytes, read) }
        // Detached: a child would stay on the loop, which is its task's preferred executor.
        let reading = Task.detached { Result { () throws(Problem) in try Self.value(of: bytes, read) } }
        return try await reading.value.get()
    }

    /// What is read on the loop itself, in bytes: a few milliseconds' work.
    static let bytesAtOnce = 262_144

    private static func value<Value>(
        of bytes: [UInt8],
        _ read: (JSONValue, inout InputProblems) -> Value?
    ) throws(Problem) -> Value {
        var problems = InputProblems()
        guard let value = read(try parse(bytes), &problems) else { throw Problem(problems) }
        return value
    }

    private static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONParser.parse(bytes)
        } catch {
            throw Problem(.badRequest, "malformed_json", "the body is not JSON: \(error)")
        }
    }

    private static func isJSON(_ type: String) -> Bool {
        let essence = type.prefix { $0 != ";" }.lowercased()
        return essence.split(separator: " ").joined() == "application/json"
    }
}
