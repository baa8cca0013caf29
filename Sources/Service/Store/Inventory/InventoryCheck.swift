internal import PrecacheModel

/// Checks a document against itself and against the inventory, before anything is changed.
///
/// The values themselves were checked when the document was read. Every problem is told with its path, the first
/// twenty in words.
struct InventoryCheck {
    let database: any StoreConnection
    let document: InventoryDocument
    let prune: Bool

    func run() throws {
        let doubles = duplicates()
        guard doubles.isEmpty else { throw refusal(.conflict, doubles) }
        let unknown = try unknownMembers()
        guard unknown.isEmpty else { throw refusal(.notFound, unknown) }
    }

    private func duplicates() -> [String] {
        var problems = Self.repeated(document.hosts?.map(\.name.text) ?? [], path: "hosts", field: ".name")
        let aggregates = document.aggregates ?? []
        problems += Self.repeated(aggregates.map(\.entry.name.text), path: "aggregates", field: ".name")
        for (index, aggregate) in aggregates.enumerated() {
            problems += Self.repeated(
                aggregate.hosts?.map(\.text) ?? [],
                path: "aggregates[\(index)].hosts",
                field: ""
            )
        }
        return problems + Self.repeated(document.images?.map(\.id.text) ?? [], path: "images", field: ".id")
    }

    private func unknownMembers() throws -> [String] {
        let listed = Set(document.hosts?.map(\.name) ?? [])
        let keepsOthers = document.hosts == nil || !prune
        var problems: [String] = []
        for (index, aggregate) in (document.aggregates ?? []).enumerated() {
            for (place, host) in (aggregate.hosts ?? []).enumerated() where !listed.contains(host) {
                if keepsOthers, try HostRows.id(database, host) != nil { continue }
                problems.append("aggregates[\(index)].hosts[\(place)]: there is no host '\(host)'")
            }
        }
        return problems
    }

    private static func repeated(_ names: [String], path: String, field: String) -> [String] {
        var first: [[UInt8]: Int] = [:]
        return names.enumerated().compactMap { index, name in
            guard let former = first.updateValue(index, forKey: Array(name.utf8)) else { return nil }
            return "\(path)[\(index)]\(field): '\(name)' is listed before, at \(path)[\(former)]"
        }
    }

    private func refusal(_ code: StoreError.Code, _ problems: [String]) -> StoreError {
        let rest = problems.count > 20 ? "; and \(problems.count - 20) more" : ""
        return StoreError(
            code,
            subject: "host",
            message: problems.prefix(20).joined(separator: "; ") + rest
        )
    }
}
