/// Formats that QEMU would recognise and nobody serves images in: known by their first bytes, and never taken.
enum OtherFormats {
    static func match(_ head: Fields) -> ImageFormat? {
        if head.hold("WithoutFreeSpace".utf8) || head.hold("WithouFreSpacExt".utf8) { return .ploop }
        if head.hold("Bochs Virtual HD Image".utf8) { return .bochs }
        if head.hold("#!/bin/sh\n#V2.0 Format\n".utf8) { return .cloop }
        return nil
    }
}
