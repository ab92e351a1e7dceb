"""A paper of fifty items as a page shows it: thirty single choice, fifteen multiple choice, five true or false.

A dozen different items repeat with other numbers; the first shows a picture. For tests and screenshots only.
"""

from candidate_client.view import ItemView, OptionView, PaperView

CIRCUIT_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 120" fill="none"
stroke="#111" stroke-width="2">
<rect width="260" height="120" fill="#fff" stroke="none"/>
<path d="M30 45V20H90M150 20H230V45M30 70V100H230V70"/><rect x="90" y="11" width="60" height="18"/>
<path d="M18 45H42M22 70H38M24 54H36" stroke-width="3"/><path d="M30 54V60"/>
<rect x="221" y="45" width="18" height="25"/>
<g fill="#111" stroke="none" font-family="sans-serif" font-size="13">
<text x="106" y="48">R1 = 4 &#937;</text><text x="48" y="66">U = 12 V</text>
<text x="148" y="66">R2 = 8 &#937;</text></g></svg>"""

SINGLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "如图所示电路，电源电压 <i>U</i> = 12 V，<i>R</i><sub>1</sub> = 4 Ω，<i>R</i><sub>2</sub> = 8 Ω，"
        "则电路中的电流为（　　）。",
        ("1 A", "1.5 A", "3 A", "4.5 A"),
    ),
    (
        "在三相四线制供电系统中，中性线的主要作用是（　　）。",
        (
            "使不对称负载获得对称的相电压",
            "提高线路的功率因数",
            "减小线路的电压损失",
            "增大短路电流，以便保护装置动作",
        ),
    ),
    (
        "三相异步电动机采用星形—三角形降压起动时，起动电流约为全压起动的（　　）。",
        ("1/3", "1/2", "1/√3", "2/3"),
    ),
    (
        "兆欧表在使用前应进行开路和短路试验。开路试验时，以约 120 r/min 的转速摇动手柄，指针应指在（　　）位置；"
        "短路试验时缓慢摇动手柄，指针应指在“0”位置。",
        ("“∞”", "“0”", "刻度中央", "任意"),
    ),
    ("电气设备发生火灾时，应首先（　　）。", ("用水灭火", "切断电源", "用泡沫灭火器灭火", "撤离现场")),
)
MULTIPLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "下列属于低压配电线路常见保护措施的有（　　）。",
        ("短路保护", "过负荷保护", "接地故障保护", "过电压及欠电压保护", "继电强励保护"),
    ),
    (
        "停电检修作业前，保证安全的技术措施包括（　　）。",
        ("停电", "验电", "装设接地线", "悬挂标示牌和装设遮栏"),
    ),
    (
        "关于可编程控制器的扫描工作方式，下列说法正确的有（　　）。",
        (
            "一个扫描周期包括输入采样、程序执行和输出刷新三个阶段",
            "程序执行阶段输入映像寄存器的内容不随外部信号变化",
            "输出刷新阶段才将输出映像寄存器的状态送到输出端子",
            "扫描周期的长短与程序长度无关",
        ),
    ),
)
TRUE_FALSE: tuple[str, ...] = (
    "用万用表测量电阻时，必须在被测电路断电的情况下进行。",
    "变压器只能改变交流电压，不能改变直流电压。",
    "在同一供电系统中，可以一部分设备采用保护接地，另一部分设备采用保护接零。",
)


def paper() -> PaperView:
    """The whole paper, in shown order; option letters of the bank are shifted against the marks on screen."""
    items: list[ItemView] = []
    for kind, pool, count, marks in (("single", SINGLE, 30, "2"), ("multiple", MULTIPLE, 15, "2")):
        for at in range(count):
            stem, texts = pool[at % len(pool)]
            shown = len(items) + 1
            pictures = ("picture/circuit.png",) if kind == "single" and at % len(pool) == 0 else ()
            items.append(ItemView(shown, 51 - shown, kind, stem, _options(texts), marks, pictures))
    for at in range(5):
        shown = len(items) + 1
        options = _options(("正确", "错误"))
        items.append(ItemView(shown, 51 - shown, "truefalse", TRUE_FALSE[at % 3], options, "2", ()))
    return PaperView("电工（三级）理论知识试卷", tuple(items))


def _options(texts: tuple[str, ...]) -> tuple[OptionView, ...]:
    last = len(texts) - 1
    return tuple(OptionView("ABCDEFGH"[at], "ABCDEFGH"[last - at], text) for at, text in enumerate(texts))
