import FoundationEssentials
import HTTPTypes

/// The service's API in Swift: one method per call, answers read, failures made ``ClientError``.
package struct ServiceClient: Sendable {
    /// The most items that the service gives in one part of a list.
    package static let largestPage = 1000

    /// What carries the calls.
    package let transport: any ServiceTransport

    /// A client that calls through `transport`.
    package init(transport: any ServiceTransport) { self.transport = transport }

    /// Makes a call and gives the body of its 2xx answer.
    package func send(_ request: ServiceRequest) async throws(ClientError) -> [UInt8] {
        try await answer(request).body
    }

    /// Makes a call and gives its answer, if that is 2xx.
    func answer(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        let answer = try await transport.send(request)
        guard answer.status.kind == .successful else {
            throw ClientError(answer: answer, address: transport.address)
        }
        return answer
    }

    /// One thing, under its name in the answer.
    func one<Item: ServiceItem>(
        _ request: ServiceRequest,
        of type: Item.Type = Item.self
    ) async throws(ClientError) -> Reply<Item> {
        let answer = try await answer(request)
        return Reply(
            value: try decode(OneAnswer<Item>.self, answer.body).item,
            body: answer.body,
            isReplay: answer.isReplay
        )
    }

    /// One part of a list.
    func page<Item: ServiceItem>(
        _ path: [String],
        query: [(name: String, value: String?)],
        limit: Int,
        after: String?
    ) async throws(ClientError) -> Reply<Listing<Item>> {
        let query = QueryItem.present(query + [("limit", String(limit)), ("after", after)])
        let body = try await send(ServiceRequest(.get, path, query: query))
        let answer = try decode(PageAnswer<Item>.self, body)
        return Reply(value: Listing(items: answer.items, next: answer.next), body: body)
    }

    /// Every item of a list, part after part.
    package func all<Item>(
        _ part: (_ after: String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws(ClientError) -> [Item] {
        var items: [Item] = []
        var after: String?
        repeat {
            let listing = try await part(after).value
            items += listing.items
            after = listing.items.isEmpty ? nil : listing.next
        } while after != nil
        return items
    }

    /// Reads JSON; throws ``ClientError/Kind/unreadable`` where it isn't what was expected.
    func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(ClientError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw ClientError(
                .unreadable,
                "\(transport.address) gave an answer that this client can't read: \(Self.wording(of: error))",
                hint: "Is that address really precached's? See it with: precache status"
            )
        }
    }

    /// Writes a body as JSON.
    func encode(_ value: some Encodable) throws(ClientError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw ClientError(.input, "a value can't be written as JSON")
        }
    }

    private static func wording(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it isn't JSON" }
        switch error {
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has another type"
        case .dataCorrupted: return "it isn't JSON"
        @unknown default: return "it has another shape"
        }
    }
}

/// What the service answered, read and as it came.
package struct Reply<Value: Sendable>: Sendable {
    /// The answer, as far as this client understands it.
    package let value: Value
    /// The answer's JSON as it came, so that nothing the client doesn't know is lost for scripts.
    package let body: [UInt8]
    /// Whether the service had done this before, under the request's Idempotency-Key.
    package var isReplay: Bool

    package init(value: Value, body: [UInt8], isReplay: Bool = false) {
        self.value = value
        self.body = body
        self.isReplay = isReplay
    }
}

/// One part of a list.
package struct Listing<Item: ServiceItem>: Sendable {
    /// The things.
    package let items: [Item]
    /// The cursor of the next part, nil after the last.
    package let next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// A thing that the service answers with, alone or in a list, under names of its own.
package protocol ServiceItem: Decodable, Sendable {
    /// The name around one: `{"job": {…}}`.
    static var one: String { get }
    /// The name around many: `{"jobs": […], "next": …}`.
    static var many: String { get }
}

/// `{"job": {…}}`: one thing under its name.
struct OneAnswer<Item: ServiceItem>: Decodable {
    let item: Item

    init(from decoder: any Decoder) throws {
        item = try decoder.container(keyedBy: NamedKey.self).decode(Item.self, forKey: NamedKey(Item.one))
    }
}

/// `{"jobs": […], "next": …}`: a part of a list, and the cursor of the part after it.
struct PageAnswer<Item: ServiceItem>: Decodable {
    let items: [Item]
    let next: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NamedKey.self)
        items = try container.decode([Item].self, forKey: NamedKey(Item.many))
        next = try container.decodeIfPresent(String.self, forKey: NamedKey("next"))
    }
}

/// A key whose name is known only when the program runs.
struct NamedKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
