/// The `incompatible_features` of a qcow2 header: who doesn't know one of them mustn't open the image.
struct Qcow2Features: OptionSet {
    let rawValue: UInt64

    static let dirty = Qcow2Features(rawValue: 1 << 0)
    static let corrupt = Qcow2Features(rawValue: 1 << 1)
    static let externalDataFile = Qcow2Features(rawValue: 1 << 2)
    static let compressionType = Qcow2Features(rawValue: 1 << 3)
    static let extendedL2 = Qcow2Features(rawValue: 1 << 4)

    static let known: Qcow2Features = [.dirty, .corrupt, .externalDataFile, .compressionType, .extendedL2]
}
