/// What an image's bytes claim to be, in Glance's words (`disk_formats`).
package enum DiskFormat: String, Sendable, CaseIterable {
    /// Plain disk bytes.
    case raw
    /// QEMU copy-on-write, version 2 or 3.
    case qcow2
    /// An optical disk's file system (ISO 9660).
    case iso
    /// VMware's disk.
    case vmdk
    /// Microsoft's older disk.
    case vhd
    /// Microsoft's newer disk.
    case vhdx
    /// VirtualBox's disk.
    case vdi
    /// Parallels' disk.
    case ploop
    /// An Amazon kernel.
    case aki
    /// An Amazon ramdisk.
    case ari
    /// An Amazon machine image.
    case ami
}
