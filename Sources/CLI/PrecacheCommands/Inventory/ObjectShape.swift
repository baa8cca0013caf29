/// Which fields an object of an inventory file may have.
struct ObjectShape: Sendable {
    /// What the object is, with its article: `a host`.
    let noun: String
    /// The field that names it, which must be there and must not repeat in a list; nil at the top.
    let key: String?
    /// The fields in the order that messages list them.
    let fields: [(name: String, shape: FieldShape)]

    func shape(of field: String) -> FieldShape? { fields.first { $0.name == field }?.shape }
}
