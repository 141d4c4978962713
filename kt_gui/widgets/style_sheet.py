"""The style sheet of every widget, with `$tokens` in place of colours. Distances follow the 8-pixel grid."""

STYLE_SHEET = """
* { outline: 0; }
QWidget { color: $ink; font-size: 13px; }
QMainWindow, QDialog, QWidget[kind="page"] { background: $background; }
QWidget[kind="rail"], QWidget[kind="status"] { background: $rail; }
QLabel { background: transparent; }
QLabel:disabled { color: $faint; }

QFrame[kind="card"] { background: $card; border: 0; border-radius: 8px; }
QFrame[kind="inset"] { background: $inset; border: 0; border-radius: 6px; }
QFrame[kind="line"] { background: $line; border: 0; max-height: 1px; min-height: 1px; }
QFrame[kind="notice"] { border: 0; border-radius: 8px; background: $accent_soft; }
QFrame[kind="notice"][tone="good"] { background: $good_soft; }
QFrame[kind="notice"][tone="warning"] { background: $warning_soft; }
QFrame[kind="notice"][tone="bad"] { background: $bad_soft; }

QLabel[kind="title"] { font-size: 20px; font-weight: 600; }
QLabel[kind="figure"] { font-size: 20px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="small"] { color: $muted; font-size: 12px; }
QLabel[kind="tiny"] { color: $faint; font-size: 11px; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="bad"] { color: $bad; }
QLabel[kind="chip"] { font-size: 12px; font-weight: 600; padding: 3px 8px; border-radius: 6px;
  background: $inset; color: $muted; }
QLabel[kind="chip"][tone="accent"] { background: $accent_soft; color: $accent; }
QLabel[kind="chip"][tone="good"] { background: $good_soft; color: $good; }
QLabel[kind="chip"][tone="warning"] { background: $warning_soft; color: $warning; }
QLabel[kind="chip"][tone="bad"] { background: $bad_soft; color: $bad; }

QPushButton { font-weight: 600; min-height: 18px; padding: 7px 12px; border-radius: 8px;
  border: 1px solid $line; background: $card; color: $ink; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $inset; }
QPushButton:checked { background: $accent_soft; color: $accent; border-color: $accent_soft; }
QPushButton:focus { border: 2px solid $accent; padding: 6px 11px; }
QPushButton:disabled { color: $faint; background: $card; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $ink; }
QPushButton[kind="primary"]:disabled { background: $inset; border-color: $inset; color: $faint; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[kind="danger"]:disabled { color: $faint; }
QPushButton[kind="quiet"] { border-color: transparent; background: transparent; color: $muted; }
QPushButton[kind="quiet"]:hover { background: $hover; color: $ink; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; }
QPushButton[kind="link"] { border: 0; padding: 1px 2px; min-height: 16px; background: transparent; color: $accent; }
QPushButton[kind="link"]:hover { color: $accent_hover; }
QPushButton[kind="link"]:focus { border: 0; border-bottom: 2px solid $accent; border-radius: 0; padding: 1px 2px; }
QPushButton[kind="link"]:disabled { color: $faint; }
QWidget[kind="status"] QPushButton { color: $muted; font-size: 12px; font-weight: 400; }
QWidget[kind="status"] QPushButton:hover { color: $accent; }
QPushButton[kind="figure"] { border: 0; border-bottom: 2px solid transparent; border-radius: 0; padding: 0;
  min-height: 24px; background: transparent; text-align: left; font-size: 20px; }
QPushButton[kind="figure"]:hover { color: $accent; }
QPushButton[kind="figure"]:focus { color: $accent; border-bottom: 2px solid $accent; padding: 0; }
QPushButton[kind="figure"]:disabled { color: $ink; }
QPushButton[kind="chip"] { border: 1px solid transparent; border-radius: 6px; padding: 5px 9px; font-size: 12px;
  background: $accent_soft; color: $accent; }
QPushButton[kind="chip"]:hover { background: $hover; }
QPushButton[kind="chip"]:focus { border: 1px solid $accent; }
QPushButton[kind="fold"] { border: 0; padding: 9px 0; min-height: 20px; background: transparent; text-align: left;
  font-weight: 400; }
QPushButton[kind="fold"]:focus { border: 0; padding: 9px 0; color: $accent; }
QPushButton[kind="segment"] { border: 0; border-radius: 6px; padding: 5px 12px; background: transparent;
  color: $muted; }
QPushButton[kind="segment"]:hover { color: $ink; }
QPushButton[kind="segment"]:checked { background: $card; color: $ink; }
QPushButton[kind="segment"]:focus { border: 2px solid $accent; padding: 3px 10px; }
QPushButton[kind="choice"] { border: 1px solid transparent; border-radius: 8px; background: $card; padding: 16px; }
QPushButton::menu-indicator { image: url(icons:chevron-down-grey.svg); width: 12px; height: 12px;
  subcontrol-position: right center; right: 8px; }
QToolButton { border: 0; border-radius: 6px; padding: 4px; background: transparent; }
QToolButton:hover { background: $hover; }
QToolButton:focus { border: 2px solid $accent; padding: 2px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $card; border: 1px solid $line; border-radius: 8px; padding: 6px 10px; min-height: 20px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid $accent; padding: 5px 9px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $faint;
  background: $background; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"] { border: 1px solid $bad; }
QSpinBox, QDoubleSpinBox { padding-right: 24px; }
QSpinBox:focus, QDoubleSpinBox:focus { padding-right: 23px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
  width: 22px; border: 0; margin: 3px 3px 0 0; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right;
  width: 22px; border: 0; margin: 0 3px 3px 0; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(icons:chevron-up-grey.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(icons:chevron-down-grey.svg);
  width: 10px; height: 10px; }
QComboBox::drop-down { border: 0; width: 26px; }
QComboBox::down-arrow { image: url(icons:chevron-down-grey.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $line; padding: 4px; selection-color: $ink;
  selection-background-color: $accent_soft; }
QComboBox QAbstractItemView::item { min-height: 28px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator, QTableView::indicator { width: 14px; height: 14px;
  border: 1px solid $faint; background: $card; }
QCheckBox::indicator, QListView::indicator, QTableView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QListView::indicator:checked, QTableView::indicator:checked { background: $accent;
  border-color: $accent; image: url(icons:check-$name.svg); }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; background: $card; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $ink; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }

QSlider:horizontal { min-height: 24px; }
QSlider::groove:horizontal { height: 6px; border-radius: 3px; background: $line; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 3px; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -7px 0; border-radius: 10px; background: $card;
  border: 2px solid $accent; }
QSlider::handle:horizontal:focus { background: $accent_soft; border-color: $ink; }
QSlider::sub-page:horizontal:disabled { background: $faint; }
QSlider::handle:horizontal:disabled { border-color: $faint; }

QScrollArea, QScrollArea > QWidget > QWidget[kind="plain"] { background: transparent; border: 0; }
QAbstractScrollArea::corner { background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent;
  border: 0; width: 0; height: 0; }

QTableView, QListView, QTreeView { background: $card; border: 0; gridline-color: $line;
  alternate-background-color: $card;
   selection-background-color: $accent_soft; selection-color: $ink; }
QTableView::item, QListView::item, QTreeView::item { padding: 0 8px; border: 0; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected { background: $accent_soft; color: $ink; }
QHeaderView, QTableCornerButton::section { background: $card; border: 0; }
QHeaderView::section { background: $card; color: $muted; font-size: 12px; border: 0; border-bottom: 1px solid $line;
  padding: 8px 8px 8px 11px; text-align: left; }
QHeaderView::up-arrow { image: url(icons:chevron-up-grey.svg); width: 10px; height: 10px; }
QHeaderView::down-arrow { image: url(icons:chevron-down-grey.svg); width: 10px; height: 10px; }

QMenu { background: $card; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 7px 20px 7px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolTip { background: $card; color: $ink; border: 1px solid $line; padding: 6px 8px; }
QSplitter::handle { background: transparent; }
"""
