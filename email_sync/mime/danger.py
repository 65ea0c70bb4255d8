"""Attachments that do something when they are opened, by their names.

A system opens a file by the end of its name, so that the name decides and not the media type.
"""

_KINDS = {
    "program": "exe com scr pif bat cmd msi msp msix appx jar js jse mjs vb vbs vbe ws wsf wsh ps1"
    " ps1xml psm1 psd1 hta cpl dll sys reg inf sh bash csh command app dmg pkg deb rpm run apk"
    " ipa py pyw pyc pl rb php lua action workflow gadget application scf msc chm hlp sct shb shs"
    " xll ade adp mde ocx drv",
    "image": "iso img vhd vhdx udf vmdk toast",
    "link": "lnk url webloc website desktop library-ms search-ms searchconnector-ms"
    " settingcontent-ms rdp theme themepack iqy oqy rqy slk",
    "macros": "docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm doc xls ppt dot xlt pot one"
    " mdb accdb accde odm",
    "page": "html htm xhtml xht shtml mht mhtml svg svgz xml xsl",
}
_KIND_BY_EXTENSION = {
    extension: kind for kind, extensions in _KINDS.items() for extension in extensions.split()
}
# What one takes for harmless: in front of the end of a name, it hides what the file is.
_DOCUMENTS = frozenset(
    "pdf doc docx xls xlsx ppt pptx odt ods odp txt rtf csv jpg jpeg png gif webp bmp tif tiff mp3"
    " mp4 mov avi wav zip eml".split()
)


def find_danger(filename):
    """Return what is dangerous about a file.

    :param str filename: cleaned, as :attr:`.message.Part.filename`
    :return: 'program', 'disguised' (a program whose name looks like a document's), 'image' (of a
        disk), 'link' (opens something else), 'macros' (a document that can hold programs), 'page'
        (a web page); '' for what is none of these
    :rtype: str
    """
    # Windows leaves out dots and spaces at the end.
    name = filename.lower().rstrip(". \u00a0")
    stem, dot, extension = name.rpartition(".")
    kind = _KIND_BY_EXTENSION.get(extension.strip(), "") if dot else ""
    if kind in ("program", "link", "image"):
        inner = stem.rstrip(". \u00a0_-").rpartition(".")[2]
        if inner in _DOCUMENTS:
            return "disguised"
    return kind
