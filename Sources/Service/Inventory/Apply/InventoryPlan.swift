internal import PrecacheModel

/// What applying an inventory document has changed so far.
struct InventoryPlan: Sendable {
    var changes: [InventoryChange] = []
    var removedHosts: [(id: Int64, name: HostName)] = []

    mutating func note(
        _ action: InventoryChange.Action,
        _ kind: InventoryChange.Kind,
        _ name: String,
        fields: [String] = []
    ) {
        changes.append(InventoryChange(action: action, kind: kind, name: name, fields: fields))
    }
}
