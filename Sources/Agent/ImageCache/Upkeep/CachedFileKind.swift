/// What a file in the cache directory is, by its name.
package enum CachedFileKind: String, Sendable, CaseIterable {
    /// A whole image: the SHA-1 of its id, 40 hexadecimal digits.
    case image
    /// An image that an older Nova resized (`<sha1>_<size>`) or shrank (`<sha1>_sm`).
    case resized
    /// Nova's blank swap disk of a size in MiB: `swap_<size>`.
    case swap
    /// Nova's blank, formatted disk: `ephemeral_<size in GiB>_<7 digits of a hash>`.
    case ephemeral

    /// Recognises the names that Nova's own cache manager does (`nova/virt/libvirt/imagecache.py`, `_scan_base_images`),
    /// a little more strictly; nil for every other name: such a file is nobody's business here.
    package init?(name: String) {
        let name = Array(name.utf8)
        if name.count >= 40, name[..<40].allSatisfy(Self.isHexadecimal) {
            if name.count == 40 {
                self = .image
            } else if Self.isSize(name[40...]) {
                self = .resized
            } else {
                return nil
            }
        } else if name.starts(with: "swap_".utf8), Self.isNumber(name.dropFirst(5)) {
            self = .swap
        } else if name.starts(with: "ephemeral_".utf8) {
            let parts = name.dropFirst(10).split(
                separator: UInt8(ascii: "_"),
                omittingEmptySubsequences: false
            )
            guard parts.count == 2, Self.isNumber(parts[0]), parts[1].count == 7,
                parts[1].allSatisfy(Self.isHexadecimal)
            else { return nil }
            self = .ephemeral
        } else {
            return nil
        }
    }

    private static func isSize(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.elementsEqual("_sm".utf8) || rest.first == UInt8(ascii: "_") && isNumber(rest.dropFirst())
    }

    private static func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        (1...18).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
