import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// A request of Nova's API whose sender is known and whose version is settled.
struct NovaCall: Sendable {
    let request: Request
    let parameters: PathParameters
    let caller: Caller
    let version: Microversion
    let policy: NovaPolicy
    /// Throws unless the sender would be let in now as at the beginning.
    let admitAgain: @Sendable () async throws -> Void

    /// The most bytes of a body: the default of oslo.middleware's size limit.
    static let maximumBody = 114_688

    /// Throws 403 unless the caller may.
    func check(_ rule: NovaRule) throws(NovaFault) { try policy.check(rule, caller) }

    /// Throws 400 if the path names a project other than the token's, which only tokens of Keystone have.
    func checkProject() throws(NovaFault) {
        guard let named = parameters["project"], let keystone = caller.keystone,
            named != keystone.projectID
        else { return }
        throw .badRequest(
            "Malformed request URL: URL's project_id '\(named)' doesn't match Context's project_id "
                + "'\(keystone.projectID ?? "None")'"
        )
    }

    /// The body as JSON, `null` for an empty one.
    ///
    /// Throws 400 and 413, and what its sender is refused with whose token doesn't hold any more: sending may take time.
    func json() async throws -> JSONValue {
        let bytes: [UInt8]
        do throws(HTTPFailure) {
            bytes = try await request.body.collect(upTo: Self.maximumBody)
        } catch {
            throw NovaFault(error)
        }
        try await admitAgain()
        guard !bytes.isEmpty else { return .null }
        do throws(JSONSyntaxError) {
            return try JSONParser.parse(bytes)
        } catch {
            throw NovaFault.badRequest("Malformed request body")
        }
    }

    /// The path's `id` as a whole number, as Python's `int` reads it.
    ///
    /// Throws 400 if it isn't one; nil is one that no aggregate can have.
    func id() throws(NovaFault) -> Int64? {
        let text = parameters["id"] ?? ""
        let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        guard !digits.isEmpty,
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw .badRequest("Invalid input received: id must be an integer") }
        return Int64(text).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The path's `id` as it was given, for messages.
    var idText: String { parameters["id"] ?? "" }

    /// The query's items; a later one of a name that comes twice wins.
    func query() throws(NovaFault) -> [String: String] {
        do throws(HTTPFailure) {
            return Dictionary(try request.queryItems().map { ($0.name, $0.value) }) { $1 }
        } catch {
            throw NovaFault(error)
        }
    }

    /// Throws 400 for query parameters other than these.
    func allow(_ names: [String], in query: [String: String]) throws(NovaFault) {
        let members = query.map { JSONValue.Member(name: $0.key, value: .string($0.value)) }
        try NovaSchemas.query(names).check(.object(members))
    }
}

extension HTTPField.Name {
    /// The microversion, for any OpenStack service.
    static let openStackAPIVersion = Self.known("OpenStack-API-Version")
    /// The microversion, as Nova's older clients say it.
    static let novaAPIVersion = Self.known("X-OpenStack-Nova-API-Version")
    /// The request's name in logs.
    static let computeRequestID = Self.known("X-Compute-Request-Id")
    /// The same, for any OpenStack service.
    static let openStackRequestID = Self.known("X-OpenStack-Request-ID")
}
