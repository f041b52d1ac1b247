@echo off
rem Ends the agent and leaves nothing of it, asking nobody. With --keep-state its identity and reports stay.
rem Status 0 when it is gone, else 1.
setlocal
rem Intune is a 32-bit program, whose own %ProgramFiles% is another folder.
set "ROOT=%ProgramFiles%"
if defined ProgramW6432 set "ROOT=%ProgramW6432%"
set "THERE=%ROOT%\Rollcall agent"
set "SHOWN=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Rollcall agent"
cd /d "%SystemRoot%"
if not exist "%THERE%\python.exe" exit /b 0
"%THERE%\python.exe" -I -m rollcall_agent.cli service uninstall %*
if errorlevel 1 exit /b 1
reg delete "%SHOWN%" /f /reg:64 >nul 2>nul
rem This file may stand in that folder: what is in parentheses was read before it goes.
(
    rmdir /s /q "%THERE%"
    exit /b 0
)
