import HTTPTypes

/// Patterns by their segments.
struct RouteTree<Value: Sendable>: Sendable {
    struct Match {
        let value: Value
        let pattern: String
        let parameters: PathParameters
    }

    private struct Entry: Sendable {
        let method: HTTPRequest.Method
        let value: Value
        let pattern: String
        let names: [String]
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var entries: [Entry] = []
    }

    private var nodes = [Node()]
    /// Nodes whose path has no parameter, by that path: the usual case costs one look-up.
    private var fixed: [String: Int] = [:]

    mutating func insert(_ value: Value, method: HTTPRequest.Method, pattern: String) {
        var node = 0
        var names: [String] = []
        for segment in pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                node = child(nodes[node].parameter) { nodes, next in nodes[node].parameter = next }
            } else {
                let key = String(segment)
                node = child(nodes[node].literals[key]) { nodes, next in nodes[node].literals[key] = next }
            }
        }
        if names.isEmpty { fixed[pattern] = node }
        nodes[node].entries.removeAll { $0.method == method }
        nodes[node].entries.append(Entry(method: method, value: value, pattern: pattern, names: names))
    }

    /// Finds the route.
    ///
    /// - Throws: 404 `not_found`, 405 `method_not_allowed` with `Allow`, 400 `bad_request` for a segment that does not decode.
    func find(_ method: HTTPRequest.Method, path: String) throws(HTTPFailure) -> Match {
        var values: [Substring] = []
        let found = fixed[path] ?? search(path.dropFirst(), below: 0, &values)
        guard let found, !nodes[found].entries.isEmpty, path.utf8.first == UInt8(ascii: "/") else {
            throw HTTPFailure(status: .notFound, code: "not_found", message: "There is nothing at this path.")
        }
        let entries = nodes[found].entries
        let entry =
            entries.first { $0.method == method }
            ?? (method == .head ? entries.first { $0.method == .get } : nil)
        guard let entry else { throw methodNotAllowed(method, entries) }
        guard !values.isEmpty else {
            return Match(value: entry.value, pattern: entry.pattern, parameters: .init())
        }
        var items: [(name: String, value: String)] = []
        for (name, raw) in zip(entry.names, values) {
            guard let value = PercentDecoding.decode(raw) else {
                throw HTTPFailure(
                    status: .badRequest,
                    code: "bad_request",
                    message: "The path segment '\(raw)' is not percent-encoded UTF-8 text."
                )
            }
            items.append((name, value))
        }
        return Match(value: entry.value, pattern: entry.pattern, parameters: PathParameters(items))
    }

    /// Depth first, literals before names, so that `/a/{x}/c` is found beside `/a/b/d`.
    private func search(_ rest: Substring, below node: Int, _ values: inout [Substring]) -> Int? {
        let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/"))
        let segment = rest[..<(slash ?? rest.endIndex)]
        let below = slash.map { rest[rest.utf8.index(after: $0)...] }
        if let literal = nodes[node].literals[String(segment)] {
            guard let below else {
                return nodes[literal].entries.isEmpty ? parameterLeaf(node, segment, &values) : literal
            }
            if let found = search(below, below: literal, &values) { return found }
        }
        guard let below else { return parameterLeaf(node, segment, &values) }
        guard let parameter = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(segment)
        if let found = search(below, below: parameter, &values) { return found }
        values.removeLast()
        return nil
    }

    private func parameterLeaf(_ node: Int, _ segment: Substring, _ values: inout [Substring]) -> Int? {
        guard let parameter = nodes[node].parameter, !segment.isEmpty else { return nil }
        guard !nodes[parameter].entries.isEmpty else { return nil }
        values.append(segment)
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
