import HTTPTypes

/// Patterns by their segments.
struct RouteTree<Value: Sendable>: Sendable {
    struct Match {
        let entry: Entry
        let parameters: PathParameters
    }

    /// What is registered for a method and a pattern; an object, so that finding it copies nothing.
    final class Entry: Sendable {
        let method: HTTPRequest.Method
        let value: Value
        let pattern: String
        fileprivate let names: [String]

        fileprivate init(method: HTTPRequest.Method, value: Value, pattern: String, names: [String]) {
            self.method = method
            self.value = value
            self.pattern = pattern
            self.names = names
        }
    }

    private struct Node: Sendable {
        /// Few at every node: comparing them one by one is quicker than hashing.
        var literals: [(text: [UInt8], node: Int)] = []
        var parameter: Int?
        var entries: [Entry] = []
    }

    private var nodes = [Node()]

    /// Adds a route; a second one that the same requests would find is a mistake in the program, and ends it.
    mutating func insert(_ value: Value, method: HTTPRequest.Method, pattern: String) {
        var node = 0
        var names: [String] = []
        for segment in pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                node = child(nodes[node].parameter) { nodes, next in nodes[node].parameter = next }
            } else {
                let text = Array(segment.utf8)
                node = child(nodes[node].literals.first { $0.text == text }?.node) { nodes, next in
                    nodes[node].literals.append((text, next))
                }
            }
        }
        let former = nodes[node].entries.first { $0.method == method }
        precondition(former == nil, "\(method) \(pattern) overlaps \(method) \(former?.pattern ?? "")")
        nodes[node].entries.append(Entry(method: method, value: value, pattern: pattern, names: names))
    }

    /// Finds the route.
    ///
    /// - Throws: 404 `not_found`, 405 `method_not_allowed` with `Allow`, 400 `bad_request` for a segment that does not decode.
    func find(_ method: HTTPRequest.Method, path: String) throws(HTTPFailure) -> Match {
        var path = path
        var segments: [Range<Int>] = []
        let found = path.withUTF8 { bytes -> Int? in
            guard bytes.first == Self.slash else { return nil }
            return search(bytes, from: 1, below: 0, &segments)
        }
        guard let found, !nodes[found].entries.isEmpty else {
            throw HTTPFailure(status: .notFound, code: "not_found", message: "There is nothing at this path.")
        }
        let entries = nodes[found].entries
        let entry =
            entries.first { $0.method == method }
            ?? (method == .head ? entries.first { $0.method == .get } : nil)
        guard let entry else { throw methodNotAllowed(method, entries) }
        guard !segments.isEmpty else { return Match(entry: entry, parameters: PathParameters()) }
        var values: [String] = []
        values.reserveCapacity(segments.count)
        for segment in segments {
            let raw = path.withUTF8 { String(decoding: $0[segment], as: UTF8.self) }
            guard let value = PercentDecoding.decode(raw[...]) else {
                throw HTTPFailure(
                    status: .badRequest,
                    code: "bad_request",
                    message: "The path segment '\(raw)' is not percent-encoded UTF-8 text."
                )
            }
            values.append(value)
        }
        return Match(entry: entry, parameters: PathParameters(names: entry.names, values: values))
    }

    private static var slash: UInt8 { UInt8(ascii: "/") }

    /// Depth first, literals before names, so that `/a/{x}/c` is found beside `/a/b/d`.
    ///
    /// Looks the segment up below `node` that begins at `start`; `segments` takes where those are that stand for names.
    private func search(
        _ path: UnsafeBufferPointer<UInt8>,
        from start: Int,
        below node: Int,
        _ segments: inout [Range<Int>]
    ) -> Int? {
        var end = start
        while end < path.count, path[end] != Self.slash { end += 1 }
        let isLast = end == path.count
        let literals = nodes[node].literals
        if let literal = literals.first(where: { path[start..<end].elementsEqual($0.text) })?.node {
            guard !isLast else {
                return nodes[literal].entries.isEmpty ? leaf(start..<end, below: node, &segments) : literal
            }
            if let found = search(path, from: end + 1, below: literal, &segments) { return found }
        }
        guard !isLast else { return leaf(start..<end, below: node, &segments) }
        guard let parameter = nodes[node].parameter, start < end else { return nil }
        segments.append(start..<end)
        if let found = search(path, from: end + 1, below: parameter, &segments) { return found }
        segments.removeLast()
        return nil
    }

    /// The node of a name, for a path's last segment.
    private func leaf(_ segment: Range<Int>, below node: Int, _ segments: inout [Range<Int>]) -> Int? {
        guard let parameter = nodes[node].parameter, !segment.isEmpty else { return nil }
        guard !nodes[parameter].entries.isEmpty else { return nil }
        segments.append(segment)
        return parameter
    }

    private mutating func child(_ existing: Int?, attach: (inout [Node], Int) -> Void) -> Int {
        if let existing { return existing }
        nodes.append(Node())
        attach(&nodes, nodes.count - 1)
        return nodes.count - 1
    }

    private func methodNotAllowed(_ method: HTTPRequest.Method, _ entries: [Entry]) -> HTTPFailure {
        var allowed = entries.map(\.method.rawValue)
        if allowed.contains("GET"), !allowed.contains("HEAD") { allowed.append("HEAD") }
        let list = allowed.sorted().joined(separator: ", ")
        return HTTPFailure(
            status: .methodNotAllowed,
            code: "method_not_allowed",
            message: "\(method.rawValue) is not allowed here; allowed are \(list).",
            headers: [.allow: list]
        )
    }
}
