import ArgumentParser
import PrecacheClient

/// `precache inventory export`.
struct InventoryExportCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all hosts, aggregates and images as a file that 'inventory apply' takes.",
        discussion: "It is YAML; with -o json JSON. The role reader gets images' URLs without their queries."
    )

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let place = DocumentPosition.start
        var entries: [DocumentNode.Entry] = []
        for (kind, shape) in ObjectShape.inventory.fields {
            guard case .objects(let shape) = shape else { continue }
            let all = try await Self.nodes(kind, context)
            let sorted = all.sorted { left, right in
                let name = { (node: DocumentNode) in shape.key.flatMap { node[$0]?.plainText } ?? "" }
                return NaturalOrder.precedes(name(left), name(right))
            }
            let list = DocumentNode(.sequence(sorted.map { Self.entry($0, shape) }), at: place)
            entries.append(DocumentNode.Entry(key: kind, position: place, value: list))
        }
        let document = DocumentNode(.mapping(entries), at: place)
        let isJSON = context.format == .json
        try context.console.print([isJSON ? JSONPrinter.pretty(document) : YAMLPrinter.pretty(document)])
        return .succeeded
    }

    /// Every object of a kind as the service gives it, page after page.
    private static func nodes(_ kind: String, _ context: CommandContext) async throws -> [DocumentNode] {
        var nodes: [DocumentNode] = []
        var after: String?
        repeat {
            let body = try await context.client.inventoryPage(of: kind, after: after)
            let page = try context.json(body)
            guard case .sequence(let items)? = page[kind]?.content else { break }
            nodes += items
            let next = page["next"]?.plainText
            after = items.isEmpty || next == after ? nil : next
        } while after != nil
        return nodes
    }

    /// What an inventory file says of an object: the fields that people set, and only those that hold something.
    private static func entry(_ node: DocumentNode, _ shape: ObjectShape) -> DocumentNode {
        guard case .mapping(let entries) = node.content else { return node }
        let kept = entries.filter { entry in
            guard shape.shape(of: entry.key) != nil else { return false }
            switch entry.value.content {
            case .null: return false
            case .mapping(let inner): return !inner.isEmpty
            // An aggregate without hosts is one; without the field it would keep those that it has.
            case .sequence, .text, .word: return true
            }
        }
        return DocumentNode(.mapping(kept), at: node.position)
    }
}
