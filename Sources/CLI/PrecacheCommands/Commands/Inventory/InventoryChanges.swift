import PrecacheClient

/// Writes what applying an inventory changed, or would.
struct InventoryChanges {
    let reply: Reply<InventoryReport>
    let isDryRun: Bool
    /// What the inventory was brought to, for the case that it was so already: `the file`.
    let source: String

    /// Writes a table or the service's JSON, and a sentence for people.
    func show(_ context: CommandContext) throws {
        let changes = reply.value.changes
        if context.format == .json {
            try context.print(json: reply.body)
            return
        }
        var table = TextTable([.text("ACTION"), .text("KIND"), .text("NAME"), .text("FIELDS")])
        for change in changes {
            table.add([change.action, change.kind, change.name, change.fields?.joined(separator: ", ")])
        }
        if !changes.isEmpty { try context.print(table) }
        let count = changes.isEmpty ? "Nothing" : Quantity.count(changes.count, "change")
        let words =
            switch (changes.isEmpty, isDryRun) {
            case (true, true): "Nothing would change."
            case (true, false): "Nothing changed: the inventory is as \(source) says."
            case (false, true): "\(count) would be made; this was a dry run."
            case (false, false): "\(count) made."
            }
        try context.console.say([words])
    }
}
