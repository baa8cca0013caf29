import Inventory

extension InventorySchema {
    /// What an inventory alone needs.
    static let all = migrations + additions
}
