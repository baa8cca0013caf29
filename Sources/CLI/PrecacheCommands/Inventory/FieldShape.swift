/// What a field of an inventory file may hold.
indirect enum FieldShape: Sendable {
    /// Text that `rule` accepts; it answers with what is wrong, or nil.
    case text(rule: @Sendable (String) -> String?)
    /// A whole number in a range.
    case integer(ClosedRange<Int64>)
    /// `true` or `false`.
    case boolean
    /// Texts by name.
    case texts
    /// A list of names without repetition.
    case names(rule: @Sendable (String) -> String?)
    /// A list of objects.
    case objects(ObjectShape)

    /// Any text at all.
    static let anyText = FieldShape.text { _ in nil }
}
