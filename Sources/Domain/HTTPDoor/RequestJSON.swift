package import HTTPServing
import HTTPTypes
package import PrecacheAPI

extension Request {
    /// The most bytes that are read on the loop itself: a few milliseconds' work.
    package static let bytesAtOnce = 262_144

    /// The body as JSON, read by `read`.
    ///
    /// - Throws: 415, 413 `too_large`, 400 `malformed_json`, and 400 `invalid_input` with what is wrong.
    package func json<Value: Sendable>(
        upTo limit: Int = 1_048_576,
        _ read: @escaping @Sendable (JSONValue, inout InputProblems) -> Value?
    ) async throws(Problem) -> Value {
        try await document(upTo: limit) { value, _ throws(Problem) in
            var problems = InputProblems()
            guard let value = read(value, &problems) else { throw Problem(problems) }
            return value
        }
    }

    /// What `make` makes of the body as JSON and of its bytes.
    ///
    /// A large one is parsed and given to `make` on another thread: on the loop other connections would wait for it.
    ///
    /// - Throws: 415, 413 `too_large`, 400 `malformed_json`, and what `make` throws.
    package func document<Value: Sendable>(
        upTo limit: Int = 1_048_576,
        _ make: @escaping @Sendable (JSONValue, [UInt8]) throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let bytes = try await bytes(upTo: limit)
        guard bytes.count > Self.bytesAtOnce else { return try make(Self.parse(bytes), bytes) }
        // Detached: a child would stay on the loop, which is its task's preferred executor.
        let reading = Task.detached {
            Result { () throws(Problem) in try make(Self.parse(bytes), bytes) }
        }
        return try await reading.value.get()
    }

    private func bytes(upTo limit: Int) async throws(Problem) -> [UInt8] {
        if let type = header(.contentType), !Self.isJSON(type) {
            let detail = "send the body as application/json"
            throw Problem(.unsupportedMediaType, "unsupported_media_type", detail)
        }
        do throws(HTTPFailure) {
            return try await body.collect(upTo: limit)
        } catch {
            throw Problem(error)
        }
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
