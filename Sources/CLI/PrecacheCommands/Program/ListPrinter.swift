import PrecacheClient

/// Writes a list, however many parts the service gives it in.
struct ListPrinter<Item: ServiceItem> {
    /// The columns of the table.
    let columns: [TextTable.Column]
    /// What to say where there is nothing.
    let empty: String
    /// The cells of an item.
    let cells: (Item) -> [String?]

    /// Asks for parts until `limit` items are there or there are no more, and writes them.
    ///
    /// - Parameters:
    ///   - context: What the command works with.
    ///   - limit: The most items; nil for all.
    ///   - questions: What to ask for, one after another; their answers make one list.
    ///   - fetch: Asks a question for so many items after a cursor.
    /// - Throws: What `fetch` throws, and ``OutputClosed``.
    func run<Question>(
        _ context: CommandContext,
        limit: Int?,
        questions: [Question],
        fetch: (Question, Int, String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws {
        var table = TextTable(columns)
        var nodes: [DocumentNode] = []
        var count = 0
        let most = limit ?? Int.max
        for question in questions {
            var after: String?
            repeat {
                guard count < most else { break }
                let reply = try await fetch(question, min(ServiceClient.largestPage, most - count), after)
                if context.format == .json {
                    nodes += try items(in: context.json(reply.body))
                } else {
                    for item in reply.value.items { table.add(cells(item)) }
                }
                count += reply.value.items.count
                // A cursor that doesn't move would never end.
                after = reply.value.items.isEmpty || reply.value.next == after ? nil : reply.value.next
            } while after != nil
        }
        if context.format == .json {
            try printJSON(context, nodes)
        } else if count > 0 {
            try context.print(table)
        }
        if count == 0 { try context.console.say([empty]) }
    }

    /// The same for a single question.
    func run(
        _ context: CommandContext,
        limit: Int?,
        fetch: (Int, String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws {
        try await run(context, limit: limit, questions: [()]) { _, wanted, after throws(ClientError) in
            try await fetch(wanted, after)
        }
    }

    private func items(in node: DocumentNode) -> [DocumentNode] {
        guard case .mapping(let entries) = node.content,
            case .sequence(let items)? = entries.first(where: { $0.key == Item.many })?.value.content
        else { return [] }
        return items
    }

    private func printJSON(_ context: CommandContext, _ nodes: [DocumentNode]) throws {
        let place = DocumentPosition(line: 1, column: 1)
        let list = DocumentNode(.sequence(nodes), at: place)
        let entry = DocumentNode.Entry(key: Item.many, position: place, value: list)
        try context.console.print([JSONPrinter.pretty(DocumentNode(.mapping([entry]), at: place))])
    }
}
